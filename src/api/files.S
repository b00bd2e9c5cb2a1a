/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the dashboard's files, compressed: see files.c. */
    .section .rodata

    .globl dashboard_index_html, dashboard_index_html_end
dashboard_index_html:
    .incbin INDEX_HTML
dashboard_index_html_end:

    .globl dashboard_app_js, dashboard_app_js_end
dashboard_app_js:
    .incbin APP_JS
dashboard_app_js_end:

    .globl dashboard_app_css, dashboard_app_css_end
dashboard_app_css:
    .incbin APP_CSS
dashboard_app_css_end:

    .globl dashboard_icon_svg, dashboard_icon_svg_end
dashboard_icon_svg:
    .incbin ICON_SVG
dashboard_icon_svg_end:

    .section .note.GNU-stack, "", %progbits

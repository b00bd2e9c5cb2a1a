/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of style.css: see page.h. */
    .section .rodata
    .globl page_style
    .globl page_style_end
page_style:
    .incbin "style.css"
page_style_end:
    .section .note.GNU-stack, "", %progbits

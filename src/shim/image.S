/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the shim's program: see image.h. */
    .section .rodata
    .balign 16
    .globl shim_image
    .globl shim_image_end
shim_image:
    .incbin SHIM_PROGRAM
shim_image_end:
    .section .note.GNU-stack, "", %progbits

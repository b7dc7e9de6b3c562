/* SPDX-License-Identifier: MIT */
/* verify.h: seals an image with its checksums; uh_table_open (table.h) verifies them. */
#ifndef UH_VERIFY_H
#define UH_VERIFY_H

#include "image.h"

/* Writes both checksums of an image that is otherwise complete. */
void uh_image_seal(struct uh_table *table);

#endif

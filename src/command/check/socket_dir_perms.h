/* SPDX-License-Identifier: MIT */
/* socket_dir_perms.h: Unix targets that another user could replace. */
#ifndef UH_SOCKET_DIR_PERMS_H
#define UH_SOCKET_DIR_PERMS_H

struct uh_table;
struct uh_table_request;

/*
 * Warns of each Unix target whose socket another user than root and the owner of source->file
 * could replace. A route with peer_user is safe.
 */
void uh_warn_of_exposed(const struct uh_table_request *source, const struct uh_table *table);

#endif

/* SPDX-License-Identifier: MIT */
/* host.c: what is known about this host before a trace is looked at. */
#include "command/cli/command.h"
#include "hairpin.h"

bool uh_scene_open(struct uh_scene *scene, const struct uh_source *source)
{
	scene->table = uh_source_table(source);
	return scene->table && uh_own_interfaces(&scene->own) &&
	       uh_own_publics(
		   &scene->own,
		   uh_table_text(scene->table, uh_table_settings(scene->table)->publics),
		   "public in the configuration");
}

void uh_scene_close(struct uh_scene *scene)
{
	uh_listeners_free(&scene->listeners);
	uh_own_free(&scene->own);
}

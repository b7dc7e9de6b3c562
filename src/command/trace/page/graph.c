/* SPDX-License-Identifier: MIT */
/*
 * graph.c: who talks to whom: programs, their destinations, and where routes lead.
 *
 * Three columns of nodes, and ribbons between them. A ribbon's width grows with the logarithm
 * of its connections, so that one connection is still seen beside a million.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/cli/command.h"
#include "page.h"

enum { PROGRAMS, DESTINATIONS, TARGETS, COLUMNS };
enum { MOST_NODES = 24, TEXT = 600 }; /* of a column: the last stands for all others */

/* The picture's measures. */
enum { WIDTH = 1130, TOP = 40, GAP = 14, NODE = 10, LEAST = 30 };
static const int column_x[COLUMNS] = {190, 520, 830};

struct node {
	char label[TEXT], below[TEXT];
	const char *kind; /* a class of the page's style */
	size_t connections;
	double in, out; /* widths of all ribbons; when these are drawn, of those before */
	double y, height;
	bool others;
};

struct ribbon {
	struct node *from, *to;
	const char *kind;
	size_t connections;
};

struct graph {
	struct node node[COLUMNS][MOST_NODES];
	size_t nodes[COLUMNS];
	struct ribbon *ribbon;
	size_t ribbons;
};

/* Finds a node or makes it. Rows come in falling order, so the last place is for the small. */
static struct node *node_for(struct graph *graph, int column, const char *label,
			     const char *below, const char *kind)
{
	struct node *node = graph->node[column];
	size_t i = 0, *count = &graph->nodes[column];

	while (i < *count && (strcmp(node[i].label, label) != 0 ||
			      strcmp(node[i].below, below) != 0 || node[i].others))
		i++;
	if (i < *count)
		return &node[i];
	if (*count == MOST_NODES) {
		node = &node[MOST_NODES - 1];
		node->others = true;
		strcpy(node->label, "others");
		strcpy(node->below, "");
		node->kind = "";
		return node;
	}
	node = &node[(*count)++];
	snprintf(node->label, TEXT, "%s", label);
	snprintf(node->below, TEXT, "%s", below);
	node->kind = kind;
	return node;
}

/* Room for both ribbons of each row is there. */
static void connect_nodes(struct graph *graph, struct node *from, struct node *to,
			  const char *kind, size_t connections)
{
	for (size_t i = 0; i < graph->ribbons; i++) {
		struct ribbon *ribbon = &graph->ribbon[i];

		if (ribbon->from == from && ribbon->to == to && ribbon->kind == kind) {
			ribbon->connections += connections;
			return;
		}
	}
	graph->ribbon[graph->ribbons++] = (struct ribbon){from, to, kind, connections};
}

static const char hairpin[] = "hairpin", routed[] = "routed", plain[] = "";

static void add_row(struct graph *graph, const struct uh_page_row *row)
{
	const struct uh_connection *it = row->connection[0];
	const char *kind = row->hairpin ? hairpin : it->route ? routed : plain;
	char text[UH_ENDPOINT_TEXT];
	struct node *program, *destination;

	uh_endpoint_format(&it->to, text);
	program = node_for(graph, PROGRAMS, uh_program_name(it->program), "", plain);
	destination = node_for(graph, DESTINATIONS, it->name ? it->name : text,
			       it->name ? text : "", kind);
	if (row->hairpin)
		destination->kind = hairpin;
	program->connections += row->count;
	destination->connections += row->count;
	connect_nodes(graph, program, destination, kind, row->count);
	if (!it->target)
		return;
	program = node_for(graph, TARGETS, it->target, "", routed);
	program->connections += row->count;
	connect_nodes(graph, destination, program, routed, row->count);
}

static double width_of(size_t connections)
{
	double width = 2;

	for (; connections > 1; connections /= 2)
		width += 2;
	return width;
}

/* Gives each node its height and its place in the column. Returns the picture's height. */
static double place(struct graph *graph)
{
	double bottom = TOP;

	for (size_t i = 0; i < graph->ribbons; i++) {
		double width = width_of(graph->ribbon[i].connections);

		graph->ribbon[i].from->out += width;
		graph->ribbon[i].to->in += width;
	}
	for (int column = 0; column < COLUMNS; column++) {
		double y = TOP;

		for (size_t i = 0; i < graph->nodes[column]; i++) {
			struct node *node = &graph->node[column][i];

			node->y = y;
			node->height = node->in > node->out ? node->in : node->out;
			if (node->height < LEAST)
				node->height = LEAST;
			y += node->height + GAP;
			/* From here on in and out are where the next ribbon touches the node.
			 */
			node->in = (node->height - node->in) / 2;
			node->out = (node->height - node->out) / 2;
		}
		bottom = y > bottom ? y : bottom;
	}
	return bottom;
}

static int column_of(const struct graph *graph, const struct node *node)
{
	return (int)((size_t)(node - graph->node[0]) / MOST_NODES);
}

static void write_ribbon(FILE *out, const struct graph *graph, const struct ribbon *ribbon)
{
	double width = width_of(ribbon->connections);
	double y1 = ribbon->from->y + ribbon->from->out + width / 2;
	double y2 = ribbon->to->y + ribbon->to->in + width / 2;
	int x1 = column_x[column_of(graph, ribbon->from)] + NODE;
	int x2 = column_x[column_of(graph, ribbon->to)], middle = (x1 + x2) / 2;

	ribbon->from->out += width;
	ribbon->to->in += width;
	fprintf(out,
		"<path class=\"%s\" stroke-width=\"%.1f\" d=\"M%d %.1fC%d %.1f %d %.1f %d "
		"%.1f\"><title>",
		ribbon->kind, width, x1, y1, middle, y1, middle, y2, x2, y2);
	uh_html_text(out, ribbon->from->label);
	fputs(" to ", out);
	uh_html_text(out, ribbon->to->label);
	fprintf(out, ": %zu%s</title></path>\n", ribbon->connections,
		ribbon->kind == hairpin ? " through a hairpin" : "");
}

/* The beginning of a long text: there is as much room as the next column leaves. */
static void write_label(FILE *out, const char *label, size_t room)
{
	char text[TEXT];
	size_t length = strlen(label);

	snprintf(text, sizeof(text), "%s", label);
	if (length > room) {
		/* Not within a character. */
		while (room && ((unsigned char)text[room] & 0xc0) == 0x80)
			room--;
		snprintf(text + room, sizeof(text) - room, "…");
	}
	uh_html_text(out, text);
}

static void write_node(FILE *out, int column, const struct node *node)
{
	static const size_t room[COLUMNS] = {20, 38, 38};
	bool left = column == PROGRAMS;
	int x = column_x[column] + (left ? -8 : NODE + 8);
	const char *anchor = left ? " text-anchor=\"end\"" : "";
	double y = node->y + node->height / 2;

	fprintf(
	    out,
	    "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" rx=\"2\"/>",
	    node->kind, column_x[column], node->y, NODE, node->height);
	fprintf(out, "<text class=\"%s\" x=\"%d\" y=\"%.1f\"%s><title>", node->kind, x, y - 1,
		anchor);
	uh_html_text(out, node->label);
	fputs("</title>", out);
	write_label(out, node->label, room[column]);
	fprintf(out, "</text><text class=\"below\" x=\"%d\" y=\"%.1f\"%s>", x, y + 13, anchor);
	if (*node->below) {
		uh_html_text(out, node->below);
		fputs(" · ", out);
	}
	fprintf(out, "%zu%s</text>\n", node->connections,
		node->kind == hairpin ? " · hairpin ↩" : "");
}

static void write_columns(FILE *out, const struct graph *graph)
{
	static const char *const head[COLUMNS] = {"Programs", "asked for", "and got to"};

	for (int column = 0; column < COLUMNS; column++) {
		bool left = column == PROGRAMS;

		if (graph->nodes[column])
			fprintf(out, "<text class=\"head\" x=\"%d\" y=\"24\"%s>%s</text>\n",
				column_x[column] + (left ? -8 : NODE + 8),
				left ? " text-anchor=\"end\"" : "", head[column]);
		for (size_t i = 0; i < graph->nodes[column]; i++)
			write_node(out, column, &graph->node[column][i]);
	}
}

bool uh_graph_write(FILE *out, const struct uh_page_rows *rows)
{
	struct graph *graph = calloc(1, sizeof(*graph));
	struct ribbon *ribbon = calloc(2 * rows->count + 1, sizeof(*ribbon));

	if (!graph || !ribbon) {
		uh_error("%s", strerror(errno));
		free(graph);
		free(ribbon);
		return false;
	}
	graph->ribbon = ribbon;
	for (size_t i = 0; i < rows->count; i++)
		add_row(graph, &rows->row[i]);
	fputs("<h2>Who talks to whom</h2>\n<div class=\"wide\">\n", out);
	fprintf(out,
		"<svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"programs and their "
		"destinations\">\n",
		WIDTH, place(graph));
	for (size_t i = 0; i < graph->ribbons; i++)
		write_ribbon(out, graph, &graph->ribbon[i]);
	write_columns(out, graph);
	fputs("</svg>\n</div>\n", out);
	free(ribbon);
	free(graph);
	return true;
}

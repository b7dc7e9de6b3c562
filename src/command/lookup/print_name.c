/* SPDX-License-Identifier: MIT */
/* print_name.c: prints what programs get for a name, or which name a stand-in stands for. */
#include <stdio.h>

#include "table/name_answer.h"
#include "print_answer.h"

void uh_print_answer_begin(const struct uh_lookup_question *question,
			   const struct uh_lookup_destination *asked)
{
	printf("%-*s  ", question->width, asked->text);
}

static void show_stand_ins(const struct uh_lookup_question *question,
			   const struct uh_lookup_destination *asked,
			   const struct uh_answer *answer)
{
	char text[UH_FAMILIES][UH_ADDRESS_TEXT];

	for (int family = 0; family < UH_FAMILIES; family++) {
		struct uh_address stand_in =
		    uh_table_stand_in(question->table, asked->name, (enum uh_family)family, 0);

		uh_address_format(&stand_in, text[family]);
	}
	printf("answered with %s or %s, which stand for it; %s\n", text[UH_IPV4], text[UH_IPV6],
	       answer->may_need_real ? "DNS is asked too" : "DNS is not asked");
}

static bool show_answer(const struct uh_lookup_question *question,
			const struct uh_lookup_destination *asked)
{
	struct uh_answer answer =
	    uh_table_answer(question->table, asked->name, question->protocol, &question->self);
	char text[UH_ADDRESS_TEXT];

	uh_print_answer_begin(question, asked);
	switch (answer.kind) {
	case UH_ANSWER_NONE:
		printf("answered by libc as ever\n");
		break;
	case UH_ANSWER_ADDRESS:
		printf("answered with %s, where every port leads; DNS is not asked\n",
		       uh_address_format(&answer.address, text));
		break;
	case UH_ANSWER_STAND_IN:
		show_stand_ins(question, asked, &answer);
		break;
	}
	return answer.kind == UH_ANSWER_ADDRESS;
}

bool uh_print_name(const struct uh_lookup_question *question,
		   const struct uh_lookup_destination *asked)
{
	const struct uh_address *address = &asked->endpoint.address;
	const char *name;

	if (*asked->name)
		return show_answer(question, asked);
	name = uh_table_stands_for(question->table, address);
	if (!name && !(uh_table_has_names(question->table) &&
		       uh_table_in_pool(question->table, address)))
		return false;
	uh_print_answer_begin(question, asked);
	if (name)
		printf("stands for %s\n", name);
	else
		printf("stands for no name that has a route\n");
	return false;
}

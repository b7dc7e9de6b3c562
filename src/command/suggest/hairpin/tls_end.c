/* SPDX-License-Identifier: MIT */
/* tls_end.c: finds out where TLS ends, by configurations and handshakes. */
#include "tls_end.h"

#include <stdlib.h>

#include "command/cli/utf8.h"
#include "command/probe/tls_answer.h"
#include "tls_certificate.h"

enum { WAIT_MS = 1000 };

static bool is_tls_port(const struct uh_hairpin *hairpin)
{
	const char *request;

	return uh_tls_port(hairpin->group->connection[0]->to.port, &request) == UH_TLS_FIRST;
}

/* A name of the connections in its canonical form, or NULL. Names sort behind no name. */
static const char *server_name(const struct uh_hairpin *hairpin, char *canonical)
{
	const struct uh_group *group = hairpin->group;
	const char *name = group->connection[group->count - 1]->name;

	return name && uh_name_canonical(name, canonical) ? canonical : NULL;
}

/* True if the destination speaks TLS, or may do so by its port and says nothing else. */
static bool may_be_tls(const struct uh_hairpin *hairpin)
{
	enum uh_speech speech = hairpin->place.greeting.speech;

	return speech == UH_SPEECH_TLS ||
	       (is_tls_port(hairpin) && (!hairpin->asked || speech <= UH_SPEECH_CLOSED));
}

static void write_answer(FILE *notes, const struct uh_hairpin *hairpin,
			 const struct uh_target *target)
{
	char name[UH_NAME_MAX + 1];
	const struct uh_tls_question question = {
	    .target = target, .name = server_name(hairpin, name), .timeout_ms = WAIT_MS};
	const struct uh_tls_answer answer = uh_tls_ask(&question);

	if (answer.error)
		return;
	if (answer.speech == UH_SPEECH_TLS)
		fputs("TLS ends there: it answers a ClientHello\n", notes);
	else
		fprintf(notes, "TLS does not end there: it %s\n",
			answer.speech == UH_SPEECH_CLOSED   ? "closes the connection"
			: answer.speech == UH_SPEECH_SILENT ? "does not answer a ClientHello"
							    : uh_speech_text(answer.speech));
}

void uh_tls_end_write(FILE *notes, const struct uh_hairpin *hairpin,
		      const struct uh_services *services, const struct uh_listener *listener,
		      const struct uh_target *target)
{
	const struct uh_service *service =
	    services ? uh_services_find(services, listener, true) : NULL;

	if (!may_be_tls(hairpin))
		return;
	if (!service || !service->file) {
		write_answer(notes, hairpin, target);
		return;
	}
	fputs("TLS ends there: ", notes);
	uh_write_clean(notes, service->file);
	fprintf(notes, ":%u says so\n", service->line);
}

bool uh_tls_end_is_for_others(const struct uh_hairpin *hairpin, const struct uh_target *target)
{
	const struct uh_group *group = hairpin->group;
	char name[UH_NAME_MAX + 1];
	bool others = false;

	for (size_t i = 0; i < group->count && is_tls_port(hairpin); i++) {
		const char *text = group->connection[i]->name;
		size_t length;

		if (!text || (i && text == group->connection[i - 1]->name) ||
		    !uh_name_canonical(text, name))
			continue;
		unsigned char *certificate = uh_tls_certificate(target, name, &length);

		others = certificate && !uh_tls_certificate_names(certificate, length, name);
		free(certificate);
		if (!others)
			return false;
	}
	return others;
}

/* SPDX-License-Identifier: MIT */
/* trace_channel.c: the socket to `unhairpin trace`, which UNHAIRPIN_TRACE names. */
#include "trace_channel.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "process/executable_path.h"
#include "socket/state/records.h"
#include "unix_datagram.h"

bool uh_trace_on;

static struct sockaddr_un channel = {.sun_family = AF_UNIX};
static socklen_t channel_length;
static char key[UH_TRACE_KEY];
static char program[UH_TRACE_TEXT_MAX + 1];
static _Atomic uint32_t lost; /* messages, since the last one that was sent */

void uh_trace_open(const char *value)
{
	const char *colon = value ? strchr(value, ':') : NULL;
	size_t length = colon ? (size_t)(colon - value) : 0;

	if (length < 2 || *value != '@' || length > sizeof(channel.sun_path) ||
	    strlen(colon + 1) != sizeof(key))
		return;
	memcpy(channel.sun_path + 1, value + 1, length - 1);
	channel_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	memcpy(key, colon + 1, sizeof(key));
	uh_executable_path(program, sizeof(program));
	uh_trace_on = true;
	/* connect(2) takes the slow path if there may be records: it need not ask for a trace.
	 */
	atomic_store(&uh_any_record, true);
}

bool uh_trace_send(struct uh_trace_message *message, char (*text)[UH_TRACE_TEXT_MAX + 1])
{
	struct iovec part[1 + UH_TRACE_TEXTS] = {{message, sizeof(*message)}};
	size_t parts = 1;

	if (text)
		strcpy(text[UH_TRACE_PROGRAM], program);
	for (int i = 0; text && i < UH_TRACE_TEXTS; i++) {
		message->length[i] = (uint16_t)strlen(text[i]);
		part[parts++] = (struct iovec){text[i], message->length[i]};
	}
	memcpy(message->key, key, sizeof(key));
	message->version = UH_TRACE_VERSION;
	message->lost = atomic_exchange(&lost, 0);
	if (uh_datagram(SOCK_SEQPACKET, &channel, channel_length, part, parts))
		return true;
	atomic_fetch_add(&lost, message->lost);
	return false;
}

void uh_trace_lost(void)
{
	atomic_fetch_add(&lost, 1);
}

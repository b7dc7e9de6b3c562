/* SPDX-License-Identifier: MIT */
/* sendto_policy.h: what becomes of data that is sent with an address beside it. */
#ifndef UH_SENDTO_POLICY_H
#define UH_SENDTO_POLICY_H

#include "names/name_cache.h"
#include "socket/state/records.h"

/* What becomes of it. */
enum uh_way {
	UH_AS_IT_IS,	/* libc's own business */
	UH_FAILS,	/* with error as errno */
	UH_OPENS,	/* connect(2) first, then the data without MSG_FASTOPEN */
	UH_TRACED,	/* as it is, but `unhairpin trace` is told of the connection */
	UH_READDRESSED, /* to another address, or to none where length is 0 */
};

struct uh_addressed {
	enum uh_way way;
	int error;
	socklen_t length;
	struct sockaddr_storage address; /* set where length is not 0 */
	bool is_ip;			 /* for UH_TRACED: asked is set */
	struct uh_endpoint asked;
};

/* False when what is sent with these flags is libc's own business, whatever its address. */
static inline bool uh_may_be_addressed(int flags)
{
	return flags & MSG_FASTOPEN || uh_records_any() || uh_name_cache_any();
}

/*
 * Decides what becomes of data that fd is to send to an address of length bytes, as the program
 * passed it, or NULL. A name may be looked up for it, see uh_real_name (fallback.h); else
 * it is async-signal-safe as uh_routes_prefilter (routes.h) is. errno is kept.
 */
void uh_addressed_decide(int fd, const struct sockaddr *address, socklen_t length, int flags,
			 struct uh_addressed *addressed);

#endif

/* SPDX-License-Identifier: MIT */
/* user_names.c: converts user names to ids, by /etc/passwd alone. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "base/hash_map.h"

#define PASSWD "/etc/passwd"

/* A map of accounts. head is NULL if it is empty. error: why PASSWD could not be read, or 0. */
struct uh_accounts {
	struct account {
		UT_hash_handle hh;
		uint32_t id;
		char name[];
	} * head;
	int error;
};

/* Returns 0 or ENOMEM. */
static int add_account(struct uh_accounts *accounts, const struct passwd *entry)
{
	size_t size = strlen(entry->pw_name) + 1;
	struct account *account;

	/* "+name" and "-name" belong to NIS, and have no id of their own. */
	if (entry->pw_name[0] == '+' || entry->pw_name[0] == '-')
		return 0;
	HASH_FIND(hh, accounts->head, entry->pw_name, size - 1, account);
	if (account)
		return 0;
	account = malloc(sizeof(*account) + size);
	if (!account)
		return ENOMEM;
	account->id = entry->pw_uid;
	memcpy(account->name, entry->pw_name, size);
	HASH_ADD_KEYPTR(hh, accounts->head, account->name, size - 1, account);
	if (account->hh.tbl)
		return 0;
	free(account);
	return ENOMEM;
}

/*
 * getpwnam(3) would load and call the modules of nsswitch.conf (LDAP, sssd, systemd). The
 * program that waits for the compiler would wait for all of them, so only one file is read.
 */
static int read_passwd(struct uh_accounts *accounts, FILE *file)
{
	struct passwd *entry;
	int error = 0;

	while (!error && (errno = 0, entry = fgetpwent(file)))
		error = add_account(accounts, entry);
	return errno == ENOMEM ? ENOMEM : error;
}

static struct uh_accounts *read_accounts(void)
{
	struct uh_accounts *accounts = calloc(1, sizeof(*accounts));
	FILE *file;
	int fd;

	if (!accounts)
		return NULL;
	fd = uh_open(PASSWD);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (file) {
		accounts->error = read_passwd(accounts, file);
		fclose(file);
		return accounts;
	}
	accounts->error = errno;
	if (fd >= 0)
		close(fd);
	return accounts;
}

void uh_accounts_free(struct uh_accounts *accounts)
{
	if (!accounts)
		return;
	UH_HASH_FREE(accounts->head, free);
	free(accounts);
}

static bool find_name(struct uh_config *config, unsigned line, const char *name, uint32_t *id)
{
	struct account *account;

	if (!config->accounts) {
		uh_dependency_add_path(config, PASSWD, UH_SOURCE_OTHER);
		config->accounts = read_accounts();
	}
	if (!config->accounts || config->accounts->error == ENOMEM) {
		uh_fail(config, ENOMEM);
		return false;
	}
	HASH_FIND(hh, config->accounts->head, name, strlen(name), account);
	if (account)
		*id = account->id;
	else if (config->accounts->error)
		uh_fault(config, line,
			 "user \"%s\" cannot be looked up: " PASSWD
			 ": %s; expected a numeric id",
			 name, strerror(config->accounts->error));
	else
		uh_fault(config, line,
			 "unknown user \"%s\"; expected a name in " PASSWD " or a numeric id",
			 name);
	return account;
}

/*
 * Digits alone are an id, even if a user has them as a name, so ids work without /etc/passwd.
 */
bool uh_user_find(struct uh_config *config, unsigned line, const char *name, uint32_t *id)
{
	unsigned long long number;

	if (!*name || name[strspn(name, "0123456789")])
		return find_name(config, line, name, id);
	number = strtoull(name, NULL, 10);
	/* The highest id means "unchanged" to setuid(2); no user has it. */
	if (number >= UINT32_MAX) {
		uh_fault(config, line, "user id %s is out of range; expected 0 to %u", name,
			 UINT32_MAX - 1);
		return false;
	}
	*id = (uint32_t)number;
	return true;
}

/* SPDX-License-Identifier: MIT */
/* test_servers.c: what listens, by the kernel's tables, and what serves the same, by
 * configurations. */
#include "confdir.h"

#include "command/inspect/local_addresses.h"
#include "command/suggest/servers/servers.h"
#include "build/route_text.h"

static FILE *stream(const char *text)
{
	FILE *file = fmemopen((char *)text, strlen(text), "r");

	assert_non_null(file);
	return file;
}

/* The listeners' texts, each with a blank behind it. */
static void assert_listeners(bool (*read)(struct uh_listeners *, FILE *),
			     const char *text_of_kernel, const char *expected)
{
	struct uh_listeners listeners = {0};
	char all[512] = "", text[UH_TARGET_TEXT];
	FILE *file = stream(text_of_kernel);

	assert_true(read(&listeners, file));
	for (size_t i = 0; i < listeners.count; i++) {
		strcat(all, uh_target_format(&listeners.listener[i].at, text));
		sprintf(all + strlen(all), " %lu ", listeners.listener[i].inode);
	}
	assert_string_equal(all, expected);
	fclose(file);
	uh_listeners_free(&listeners);
}

#define TCP_HEAD                                                                               \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "  \
	"timeout inode\n"

static void test_tcp(void **state)
{
	(void)state;
	assert_listeners(
	    uh_listeners_tcp,
	    TCP_HEAD
	    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0 "
	    "       0 4711 1 0000000000000000 100 0 0 10 0\n"
	    "   1: 0100007F:1F91 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0 "
	    "       0 4712 1 0000000000000000 20 4 30 10 -1\n"
	    "   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000   100 "
	    "       0 4713 1\n"
	    "   3: nonsense\n",
	    "127.0.0.1:8080 4711 0.0.0.0:80 4713 ");
	assert_listeners(uh_listeners_tcp,
			 "   0: B80D0120000000000000000001000000:01BB "
			 "00000000000000000000000000000000:0000 0A 00000000:00000000 "
			 "00:00000000 00000000     0        0 12 1 0 100 0 0 10 0\n",
			 "[2001:db8::1]:443 12 ");
}

static void test_unix(void **state)
{
	(void)state;
	assert_listeners(
	    uh_listeners_unix,
	    "Num       RefCount Protocol Flags    Type St Inode Path\n"
	    "0000000000000000: 00000002 00000000 00010000 0001 01 11 /run/x y.sock\n"
	    "0000000000000000: 00000002 00000000 00010000 0001 01 12 @name\n"
	    "0000000000000000: 00000002 00000000 00010000 0001 01 13 @na@me\n"
	    "0000000000000000: 00000002 00000000 00010000 0001 01 14 relative\n"
	    "0000000000000000: 00000002 00000000 00010000 0001 01 15\n"
	    "0000000000000000: 00000002 00000000 00010000 0005 01 16 /run/seqpacket\n"
	    "0000000000000000: 00000003 00000000 00000000 0001 03 17 /run/connected\n"
	    "0000000000000000: 00000002 00000000 00010000 0001 01 18 /",
	    "unix:/run/x y.sock 11 unix:@name 12 ");
}

/* A TCP listener at any address, and a Unix one. */
static struct uh_listener listener_at(const char *text)
{
	struct uh_listener listener = {0};
	char why[UH_WHY];

	if (strcmp(text, "any") == 0) {
		listener.at.kind = UH_TARGET_IP;
		assert_true(uh_address_parse("0.0.0.0", &listener.at.ip.address));
		listener.at.ip.port = 80;
	} else {
		assert_true(uh_target_parse(text, &listener.at, why));
	}
	return listener;
}

/* Unlike write_conf, which has a meaning for "@/". */
static void write_raw(const char *name, const char *text)
{
	FILE *file = create(name);

	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

typedef void reader(struct uh_services *, const char *, const char *);

/* What main.conf, which is text, says of any:80 (or tcp) and /s. Returns the proof's line. */
static unsigned agreement_at(reader *read, const char *text, const char *tcp)
{
	struct uh_services services = {0};
	const struct uh_listener at = listener_at(tcp), path = listener_at("unix:/s");
	const struct uh_service *proof = NULL;

	write_raw("main.conf", text);
	read(&services, "", path_of("main.conf"));
	bool same = uh_services_agree(&services, &at, &path, &proof);
	unsigned line = same ? proof->line : 0;

	uh_services_free(&services);
	return line;
}

static unsigned agreement(reader *read, const char *text)
{
	return agreement_at(read, text, "any");
}

static void test_nginx_same(void **state)
{
	(void)state;
	reader *nginx = uh_services_nginx;
	assert_int_equal(agreement(nginx, "http {\nserver { listen 80; listen unix:/s; }}"), 2);
	assert_int_equal(agreement(nginx, "server{listen *:80;listen 'unix:/s';}"), 1);
	assert_int_equal(agreement(nginx,
				   "server\n{ # }\n listen [::]:80 default_server;\n"
				   "location / { if ($x) { return 1; } } listen \"unix:/s\";}"),
			 2);
	assert_int_equal(agreement(nginx, "server { listen unix:/s; listen 127.0.0.1; }"), 1);
	assert_int_equal(agreement(nginx, "server { listen 80 ssl; listen unix:/s ssl; }"), 1);
	assert_int_equal(agreement(nginx, "server { listen 80; listen unix:/s; }\n"
					  "server { listen 80; listen unix:/s; }\n"
					  "server { listen 81; listen unix:/t; }"),
			 2);
	assert_int_equal(agreement(nginx,
				   "upstream x { server unix:/s; }\n"
				   "server { server_name a; listen 80; listen unix:/s; }"),
			 2);
	assert_int_equal(agreement_at(nginx,
				      "server { listen 192.168.1.20:80; listen unix:/s; }",
				      "192.168.1.20:80"),
			 1);
}

/* One block ends TLS at a port and not at its Unix socket. */
static void test_tls_end(void **state)
{
	struct uh_services services = {0};
	const struct uh_listener port = listener_at("any"), path = listener_at("unix:/s");

	(void)state;
	write_raw("main.conf",
		  "server { listen 81; }\nserver { listen 80 ssl; listen unix:/s; }");
	uh_services_nginx(&services, "", path_of("main.conf"));
	assert_int_equal(uh_services_find(&services, &port, true)->line, 2);
	assert_null(uh_services_find(&services, &port, false));
	assert_int_equal(uh_services_find(&services, &path, false)->line, 2);
	assert_null(uh_services_find(&services, &path, true));
	uh_services_free(&services);
}

#define PLAIN_SERVER "server { listen 80; listen unix:/s; }\n"

static void test_nginx_different(void **state)
{
	(void)state;
	reader *nginx = uh_services_nginx;
	assert_int_equal(agreement(nginx, ""), 0);
	assert_int_equal(agreement(nginx, "server { listen 80; } server { listen unix:/s; }"),
			 0);
	assert_int_equal(agreement(nginx, "server { listen 80; listen unix:/s; }"
					  "server { listen 80; }"),
			 0);
	assert_int_equal(agreement(nginx, "server { listen 80; listen unix:/s; }"
					  "server { listen unix:/s; }"),
			 0);
	/* One without a listen directive listens at port 80. */
	assert_int_equal(agreement(nginx, "server { listen 80; listen unix:/s; } server { }"),
			 0);
	assert_int_equal(agreement(nginx, "server { listen 80 ssl; listen unix:/s; }"), 0);
	assert_int_equal(
	    agreement(nginx, "server { listen 80; listen unix:/s proxy_protocol; }"), 0);
	assert_int_equal(agreement(nginx, "server { listen 80 quic; listen unix:/s; }"), 0);
	assert_int_equal(agreement(nginx,
				   "server { listen 80 default_server; listen unix:/s; }"
				   "server { listen 80; listen unix:/s default_server; }"),
			 0);
	assert_int_equal(agreement_at(nginx,
				      "server { listen 192.168.1.21:80; listen unix:/s; }",
				      "192.168.1.20:80"),
			 0);
	/* Another server may listen there by a range, or by a name. */
	assert_int_equal(agreement(nginx, PLAIN_SERVER "server { listen 79-81; }"), 0);
	assert_int_equal(agreement(nginx, PLAIN_SERVER "server { listen localhost:80; }"), 0);
	/* nginx tells its own addresses apart at one listener. */
	assert_int_equal(
	    agreement(nginx, PLAIN_SERVER "server { listen 192.168.1.20:80; listen unix:/s; }"),
	    0);
	assert_int_equal(agreement(nginx, "server { listen 80 http2; listen unix:/s; }"), 0);
	assert_int_equal(agreement(nginx, "server { listen 80 http2; listen unix:/s http2; }"),
			 1);
	assert_int_equal(
	    agreement(nginx, "server { listen 80 backlog=9 reuseport; listen unix:/s; }"), 1);
	assert_int_equal(agreement(nginx, "# server { listen 80; listen unix:/s; }"), 0);
	assert_int_equal(agreement(nginx, "server { location / { listen unix:/s; } }"), 0);
	assert_int_equal(agreement(nginx, "server { listen 80; listen unix:/s"), 0);
}

static void test_nginx_includes(void **state)
{
	char text[128];

	(void)state;
	reader *nginx = uh_services_nginx;
	write_conf("a.site", "server { listen 80; listen unix:/s; }");
	write_conf("listen.part", "listen 80;");
	assert_int_equal(agreement(nginx, "http { include *.site; }"), 1);
	snprintf(text, sizeof(text), "http { include %sa.site; include *.none; }", dir);
	assert_int_equal(agreement(nginx, text), 1);
	assert_int_equal(agreement(nginx, "\nserver { include listen.part; listen unix:/s; }"),
			 2);
	/* What can't be read may say anything. */
	assert_int_equal(agreement(nginx, "include a.site; include missing;"), 0);
	assert_int_equal(agreement(nginx, "include a.site; include main.conf;"), 0);
}

static void test_haproxy(void **state)
{
	(void)state;
	reader *haproxy = uh_services_haproxy;
	assert_int_equal(agreement(haproxy, "global\n stats socket /admin\n"
					    "frontend x\n bind :80\n bind unix@/s\n"),
			 3);
	assert_int_equal(agreement(haproxy, "listen x\n\tbind *:80,/s # both\n"), 1);
	assert_int_equal(
	    agreement(haproxy, "listen x\n bind ipv4@0.0.0.0:80\n bind /s mode 600"), 1);
	assert_int_equal(agreement(haproxy, "listen x\n bind :::80\n bind /s"), 1);
	assert_int_equal(
	    agreement(haproxy, "listen x\n bind :80 ssl crt /x\n bind /s ssl crt /x"), 1);
	assert_int_equal(agreement(haproxy, "listen x\n bind :80 ssl crt /x\n bind /s"), 0);
	assert_int_equal(agreement(haproxy, "listen x\n bind :80\n bind /s accept-proxy"), 0);
	assert_int_equal(agreement(haproxy, "listen x\n bind :80\nlisten y\n bind /s"), 0);
	assert_int_equal(agreement(haproxy, "global\n stats socket /s\nlisten x\n bind :80"),
			 0);
	assert_int_equal(agreement(haproxy, "listen x\n bind :80-81\n bind /s"), 0);
	assert_int_equal(
	    agreement(haproxy, "listen x\n bind :80 ssl crt /x\n bind /s ssl crt /y"), 0);
	assert_int_equal(agreement(haproxy, "listen x\n bind :80 ssl crt /x verify required\n"
					    " bind /s ssl crt /x"),
			 0);
	assert_int_equal(
	    agreement(haproxy, "listen x\n bind :80 name a backlog 9\n bind /s mode 600"), 1);
	assert_int_equal(agreement(haproxy, "listen x\n bind :80\n bind /s\n"
					    "listen y\n bind \"${HOST}:80\"\n"),
			 0);
	assert_int_equal(agreement(haproxy, ".if 0\nlisten x\n bind :80\n bind /s\n.endif\n"),
			 0);
}

/* Whether main.conf, which has /s and port 80 in one service, has rules by the client's
 * address. */
static bool has_rule(reader *read, const char *text)
{
	struct uh_services services = {0};
	const struct uh_listener at = listener_at("any"), path = listener_at("unix:/s");
	const struct uh_service *proof = NULL;

	write_raw("main.conf", text);
	read(&services, "", path_of("main.conf"));
	assert_true(uh_services_agree(&services, &at, &path, &proof));
	bool rule = proof->by_address || services.by_address;

	uh_services_free(&services);
	return rule;
}

#define NGINX(rule) "server { listen 80; listen unix:/s; " rule " }\n"
#define PLAIN NGINX("")

static void test_rules_by_address(void **state)
{
	(void)state;
	reader *nginx = uh_services_nginx, *haproxy = uh_services_haproxy;
	assert_false(has_rule(nginx, PLAIN));
	assert_false(has_rule(nginx, NGINX("location ~ /x { deny all; }")));
	assert_false(has_rule(nginx, NGINX("proxy_set_header X-Real-IP $remote_addr;")));
	assert_false(has_rule(nginx, "server { listen 81; deny 10.0.0.1; }" PLAIN));
	assert_true(has_rule(nginx, NGINX("allow 10.0.0.0/8; deny all;")));
	assert_true(has_rule(nginx, NGINX("location / { deny 10.0.0.1; }")));
	assert_true(has_rule(nginx, NGINX("if ($remote_addr = 10.0.0.1) { return 403; }")));
	assert_true(has_rule(nginx, NGINX("deny 10.0.0.1;") PLAIN));
	assert_true(has_rule(nginx, "http { allow 10.0.0.0/8;" PLAIN "}"));
	assert_true(
	    has_rule(nginx, "http { geo $inside { default 0; 10.0.0.0/8 1; }" PLAIN "}"));
	assert_true(has_rule(nginx, "map $server_port $x { 80 a; default b; }" PLAIN));
	assert_true(has_rule(nginx, NGINX("if ($server_addr = 10.0.0.1) { return 403; }")));
	assert_true(has_rule(nginx, "limit_req_zone $binary_remote_addr zone=z:1m;" PLAIN));
	assert_true(has_rule(nginx, NGINX("return 200 $remote_port;")));
	assert_true(has_rule(nginx, NGINX("set_real_ip_from unix:;")));
	assert_true(has_rule(nginx, NGINX("access_by_lua_file x.lua;")));
#define HAPROXY "listen x\n bind :80\n bind /s\n"
	assert_false(has_rule(haproxy, HAPROXY " balance source\n server a 10.0.0.1:80\n"));
	assert_true(has_rule(haproxy, HAPROXY " acl inside src 10.0.0.0/8\n"));
	assert_false(has_rule(haproxy, HAPROXY " log-format %[src]\n"));
	assert_true(has_rule(haproxy, HAPROXY " http-request deny if { dst_port 80 }\n"));
	assert_true(has_rule(haproxy, HAPROXY " http-request deny if !{ src_is_local }\n"));
	assert_true(has_rule(haproxy, HAPROXY " http-request deny if { so_id 1 }\n"));
	assert_true(has_rule(haproxy, HAPROXY " http-request set-var(txn.s) src\n"));
	assert_true(has_rule(haproxy, HAPROXY " use_backend %[dst,map(/x)]\n"));
	assert_true(has_rule(haproxy, HAPROXY " http-request lua.x\n"));
	assert_true(has_rule(haproxy, HAPROXY " http-request deny if { src 10.0.0.1 }\n"));
	assert_true(
	    has_rule(haproxy, HAPROXY "backend y\n http-request deny if !{ src,map(/x) }"));
}

/* A process has what the files were when it started. */
static void test_stale(void **state)
{
	static const double started[] = {1, 4e9};
	const struct uh_listener at = listener_at("any"), path = listener_at("unix:/s");

	(void)state;
	write_raw("main.conf", PLAIN);
	for (int i = 0; i < 4; i++) {
		struct uh_services services = {.started = started[i % 2]};
		const struct uh_service *proof = NULL;

		if (i < 2)
			uh_services_nginx(&services, "", path_of("main.conf"));
		else
			uh_services_haproxy(&services, "", path_of("main.conf"));
		assert_int_equal(services.stale, i % 2 == 0);
		assert_int_equal(uh_services_agree(&services, &at, &path, &proof), i == 1);
		uh_services_free(&services);
	}
}

static void test_gunicorn(void **state)
{
	static const struct {
		const char *arguments; /* up to an empty one */
		bool same;
	} cases[] = {
	    {"python\0gunicorn\0-b\0unix:/s\0--bind\0000.0.0.0:80\0app\0", true},
	    {"python\0gunicorn\0-bunix:/s\0--bind=:80\0app\0", true},
	    {"python\0gunicorn\0-b\0unix:/t\0-b\0:80\0", false},
	    {"python\0gunicorn\0app\0", false},
	    {"python\0gunicorn\0-b\0", false},
	};
	const struct uh_listener any = listener_at("any"), path = listener_at("unix:/s");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct uh_services services = {0};
		const struct uh_service *proof = NULL;

		uh_services_gunicorn(&services, cases[i].arguments);
		assert_int_equal(uh_services_agree(&services, &any, &path, &proof),
				 cases[i].same);
		uh_services_free(&services);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tcp),	  cmocka_unit_test(test_unix),
	    IN_DIR(test_tls_end),	  IN_DIR(test_nginx_same),
	    IN_DIR(test_nginx_different), IN_DIR(test_nginx_includes),
	    IN_DIR(test_haproxy),	  IN_DIR(test_rules_by_address),
	    IN_DIR(test_stale),		  cmocka_unit_test(test_gunicorn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The bpfstatsd authors */

#include <sys/wait.h>

#include <ctype.h>
#include <pcap.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "filter/filter_caret.h"
#include "filter/filter_error.h"
#include "filter/filter_live.h"
#include "priv/priv.h"

/* A look-up that takes longer ran into a timeout of resolver(5). */
#define SLOW (4 * CLOCK_S)

/* For filter_caret_find: returns true unless libpcap finds a syntax error. */
static bool
parses(const char *text, void *arg)
{
	struct bpf_program prog;
	pcap_t *p = arg;

	if (pcap_compile(p, &prog, text, 1, 0) == 0) {
		pcap_freecode(&prog);
		return true;
	}
	return strstr(pcap_geterr(p), "syntax error") == NULL;
}

/*
 * Finds in the expression one of the words that the message begins with, such
 * as "inbound" of "inbound/outbound not supported on Ethernet".  Returns NULL
 * if the expression has none of them.
 */
static const char *
find_subject(const char *text, const char *message)
{
	const char *found = NULL;
	size_t len;
	char word[16];

	while (found == NULL && isalpha((unsigned char)*message)) {
		len = strcspn(message, "/ ");
		if (len < sizeof(word)) {
			strlcpy(word, message, len + 1);
			found = filter_caret_word(text, word);
		}
		message += len;
		if (*message == '/')
			message++;
	}
	return found;
}

/*
 * Sets the offset of the word that the message names, or of the syntax error.
 * Returns false if the message names nothing in the expression.
 */
static bool
locate(pcap_t *p, const char *text, const char *message, size_t *place)
{
	const char *open, *close, *found;
	char quoted[64];

	if (strstr(message, "syntax error") != NULL) {
		*place = filter_caret_find(text, parses, p);
		return true;
	}
	if ((open = strpbrk(message, "'\"")) == NULL ||
	    (close = strchr(open + 1, *open)) == NULL || close == open + 1) {
		found = find_subject(text, message);
	} else {
		snprintf(quoted, sizeof(quoted), "%.*s",
		    (int)(close - open - 1), open + 1);
		found = strstr(text, quoted);
	}
	if (found == NULL)
		return false;
	*place = (size_t)(found - text);
	return true;
}

/* libpcap reports a lack of memory with the name of the failed function. */
static bool
lacks_memory(const char *message)
{
	return strstr(message, "alloc") != NULL ||
	    strstr(message, "out of memory") != NULL ||
	    strstr(message, "Out of memory") != NULL;
}

void
filter_error_compile(
    pcap_t *p, const char *expression, uint64_t took, char *out, size_t len)
{
	char message[PCAP_ERRBUF_SIZE];
	size_t place, n;

	strlcpy(message, pcap_geterr(p), sizeof(message));
	if (lacks_memory(message)) {
		snprintf(out, len,
		    "takes too much memory to compile: %lu MB is the limit%s",
		    FILTER_MEMORY >> 20, filter_live_remedy);
		return;
	}
	strlcpy(out, message, len);
	if (strstr(message, "memory exhausted") != NULL)
		strlcat(out, ": nested too deeply", len);
	if (strstr(message, "unknown host") != NULL && took > SLOW) {
		n = strlen(out);
		snprintf(out + n, len - n,
		    ": the look-up took %d seconds; check that the name "
		    "server answers",
		    (int)(took / CLOCK_S));
	}
	n = strlen(out);
	/* Searching a slow expression would compile it many times. */
	if ((took < CLOCK_S || strstr(message, "syntax error") == NULL) &&
	    locate(p, expression, message, &place))
		filter_caret_show(expression, place, out + n, len - n);
}

void
filter_error_large(
    size_t instructions, size_t most, bool live, char *out, size_t len)
{
	snprintf(out, len, "too long: %zu instructions, %s at most %zu%s",
	    instructions, live ? "the kernel takes" : "bpfstatsd takes", most,
	    live ? filter_live_remedy : "");
}

void
filter_error_end(bool late, int status, char *out, size_t len)
{
	int sig = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (late)
		snprintf(out, len,
		    "host name not found within %d seconds: the name server "
		    "does not answer; use the address instead",
		    PRIV_COMPILER_SECONDS);
	else if (sig == SIGPROF)
		snprintf(out, len,
		    "takes too long to compile: %d seconds of processor time "
		    "is the limit%s",
		    FILTER_CPU, filter_live_remedy);
	else if (sig != 0)
		snprintf(out, len, "libpcap failed: %s", strsignal(sig));
	else
		snprintf(out, len, "no answer from the compiling process");
}

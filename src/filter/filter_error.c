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

/* No name server that answers takes so long: it is a timeout of resolver(5). */
#define SLOW (4 * CLOCK_S)

/* For filter_caret_find: whether there is anything but a syntax error in it. */
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
 * Finds a word of the expression with which the message begins, as it does in
 * "inbound/outbound not supported on Ethernet".  NULL: there is none.
 */
static const char *
subject(const char *text, const char *message)
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

/* Where the expression has what the message names, or what does not parse. */
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
		found = subject(text, message);
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

/* What libpcap has no memory for, it says with the name of a function. */
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
		    "it takes too much memory to compile: %lu MB are "
		    "allowed%s",
		    FILTER_MEMORY >> 20, filter_live_remedy);
		return;
	}
	strlcpy(out, message, len);
	if (strstr(message, "memory exhausted") != NULL)
		strlcat(out, ": it is nested too deeply", len);
	if (strstr(message, "unknown host") != NULL && took > SLOW) {
		n = strlen(out);
		snprintf(out + n, len - n,
		    ": the look-up took %d seconds, does the name server "
		    "answer?",
		    (int)(took / CLOCK_S));
	}
	n = strlen(out);
	/* The search for a syntax error compiles again, and would take long. */
	if ((took < CLOCK_S || strstr(message, "syntax error") == NULL) &&
	    locate(p, expression, message, &place))
		filter_caret_show(expression, place, out + n, len - n);
}

void
filter_error_large(
    size_t instructions, size_t most, bool live, char *out, size_t len)
{
	snprintf(out, len, "%zu instructions, and %s %zu%s", instructions,
	    live ? "the kernel takes" : "there is room for", most,
	    live ? filter_live_remedy : "");
}

void
filter_error_end(bool late, int status, char *out, size_t len)
{
	int sig = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (late)
		snprintf(out, len,
		    "the name of a host was not found within %d seconds: the "
		    "name server does not answer; write the address in its "
		    "place",
		    PRIV_COMPILER_SECONDS);
	else if (sig == SIGXCPU)
		snprintf(out, len,
		    "it takes too long to compile: %d seconds of processor "
		    "time are allowed%s",
		    FILTER_CPU, filter_live_remedy);
	else if (sig != 0)
		snprintf(out, len, "libpcap fails to compile it: %s",
		    strsignal(sig));
	else
		snprintf(out, len,
		    "the process that compiles it has given no answer");
}

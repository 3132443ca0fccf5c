#include <stdlib.h>
#include <string.h>

#include "control/reply_buffer.h"
#include "runner/stats_text.h"

/* As many triggers as there can be, with the longest names. */
#define LONGEST ((size_t)64 << 20)

/* Memory that is kept for the next one. */
#define KEPT ((size_t)64 << 10)

struct snapshot *
snapshot_begin(struct snapshot all[SNAPSHOTS])
{
	static unsigned long number;
	struct snapshot *sn;

	for (sn = all; sn < all + SNAPSHOTS; sn++) {
		if (sn->sn_users != 0)
			continue;
		sn->sn_len = 0;
		sn->sn_number = ++number;
		return sn;
	}
	return NULL;
}

struct snapshot *
snapshot_oldest(struct snapshot all[SNAPSHOTS])
{
	struct snapshot *sn, *oldest = NULL;

	for (sn = all; sn < all + SNAPSHOTS; sn++)
		if (sn->sn_users != 0 &&
		    (oldest == NULL || sn->sn_number < oldest->sn_number))
			oldest = sn;
	return oldest;
}

int
snapshot_add(struct snapshot *sn, const char *text, size_t len)
{
	size_t size = sn->sn_size == 0 ? 4096 : sn->sn_size;
	char *more;

	if (len > LONGEST - sn->sn_len)
		return -1;
	while (size < sn->sn_len + len)
		size *= 2;
	if (size != sn->sn_size) {
		if ((more = realloc(sn->sn_text, size)) == NULL)
			return -1;
		sn->sn_text = more;
		sn->sn_size = size;
	}
	memcpy(sn->sn_text + sn->sn_len, text, len);
	sn->sn_len += len;
	return 0;
}

bool
snapshot_complete(const struct snapshot *sn)
{
	static const char tail[] = "\n" ANSWER_END;
	const size_t len = sizeof(tail) - 1;

	return sn->sn_len >= len &&
	    memcmp(sn->sn_text + sn->sn_len - len, tail, len) == 0;
}

void
snapshot_leave(struct snapshot *sn)
{
	if (sn == NULL || --sn->sn_users != 0 || sn->sn_size <= KEPT)
		return;
	free(sn->sn_text);
	sn->sn_text = NULL;
	sn->sn_size = 0;
}

#include "base/clock.h"
#include "source/linux/ebpf.h"
#include "source/linux/socket_counter.h"

void
meter_init(
    struct meter *m, const struct source_ops *ops, int (*read)(struct meter *))
{
	*m = (struct meter){ .m_source = { .s_ops = ops,
				 .s_fd = -1,
				 .s_at = CLOCK_NEVER,
				 .s_look_fd = -1 },
		.m_sock = -1,
		.m_read = read };
}

int
meter_sample(struct source *s, uint64_t now, struct source_count *count)
{
	struct meter *m = (struct meter *)s;

	(void)now;
	if (m->m_ebpf != NULL) {
		ebpf_count(m->m_ebpf, count);
		return 0;
	}
	if (m->m_read(m) == -1)
		return -1;
	count->sc_packets = m->m_seen;
	count->sc_bytes = 0;
	count->sc_last = count->sc_woke = CLOCK_NEVER;
	return 0;
}

bool
meter_silence(struct source *s, size_t slot, uint64_t time, uint64_t since)
{
	struct meter *m = (struct meter *)s;

	return m->m_ebpf != NULL &&
	    ebpf_count_silences(m->m_ebpf, slot, time, since);
}

bool
meter_wake_at(struct source *s, const struct source_count *wanted, uint64_t now)
{
	struct meter *m = (struct meter *)s;
	bool awaited = wanted->sc_packets != UINT64_MAX;

	if (m->m_ebpf != NULL)
		return ebpf_arm(m->m_ebpf, wanted);
	/* The next packet wakes us only when those before it are counted. */
	if (listener_turn(&m->m_listener, awaited, now) && m->m_read(m) == -1)
		return true; /* the next sample fails as well */
	s->s_at = listener_until(&m->m_listener, awaited, now);
	s->s_fd = s->s_at == CLOCK_NEVER ? m->m_sock : -1;
	return m->m_seen >= wanted->sc_packets;
}

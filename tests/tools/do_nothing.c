/* A command that does nothing at all; linked statically. */
int
main(void)
{
	return 0;
}

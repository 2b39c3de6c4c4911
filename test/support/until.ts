// Waiting for what must come, however slow the machine.

const patience = 30_000

/** Waits until a condition holds: then true. Throws when it does not within `patience` ms. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what = 'a condition of the test',
): Promise<true> {
  const end = Date.now() + patience
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}

// Waiting for what must come, however slow the machine.

const patience = 20_000

/** Waits until a condition holds; throws when it does not within `patience` ms. */
export async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + patience
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

// Query strings and urlencoded bodies, read as liberally as clients write them.

/** Name and value pairs in their order of arrival, decoded once; `+` is a blank, a broken escape stays as it is. */
export function parseForm(text: string): [string, string][] {
  if (text === '') return []
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? [decode(pair), ''] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))]
    })
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

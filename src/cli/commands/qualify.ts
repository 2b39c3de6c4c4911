// `qualify`: whether a PKCS#11 module and its token can carry the service.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { qualifyToken } from '../../app.ts'
import { readText } from '../arguments.ts'
import { columns, printJson, printLines, progress } from '../output.ts'

interface Options {
  readonly module: string
  readonly token: string
  readonly pinFile: string
  readonly initArgs: string
  readonly json?: boolean
}

type Result = Awaited<ReturnType<typeof qualifyToken>>

export function qualifyCommand(): Command {
  return new Command('qualify')
    .description(
      'probe a token, hold it to the contract, attack it, measure it; print a card to send to its vendor',
    )
    .requiredOption('--module <file>', 'the PKCS#11 library')
    .requiredOption('--token <label>', "the token's label, or serial:XXXX")
    .requiredOption('--pin-file <file>', "file with the user's PIN")
    .option('--init-args <text>', 'library parameters, as NSS softokn needs them', '')
    .option('--json', 'print the card as one JSON object')
    .addHelpText(
      'after',
      '\nThe library sees this environment. Keys made on the way are destroyed again; a canary key stays.' +
        '\nExit code 0: the contract holds.',
    )
    .action(async ({ module, token, pinFile, initArgs, json }: Options) => {
      const pin = readText(pinFile).replace(/\r?\n$/, '')
      const result = await qualifyToken({ module: resolve(module), token, pin, initArgs }, progress(json))
      if (json === true) printJson(result)
      else printLines(render(result))
      process.exitCode = result.ok ? 0 : 1
    })
}

function render({ ok, token, card, contract, attacks, rates }: Result): string[] {
  const section = (title: string, rows: readonly (readonly [string, string])[]) =>
    rows.length === 0 ? [] : ['', title, ...columns(rows)]
  const pairs = (object: object | undefined) =>
    Object.entries(object ?? {}).map(([name, value]) => [name, String(value)] as const)
  return [
    ok ? 'The token can carry the service.' : 'The token cannot carry the service.',
    ...section('Token', pairs(token)),
    ...section('Card', pairs(card)),
    ...section(
      'Contract',
      contract.map((check) => [`${check.ok ? 'ok  ' : 'FAIL'}  ${check.name}`, check.detail]),
    ),
    ...section('What the holder of the PIN may do to a CMK', pairs(attacks)),
    ...section('Operations a second, one process', pairs(rates)),
  ]
}

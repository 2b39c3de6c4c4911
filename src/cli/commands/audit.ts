// `audit`: verify the log, export it, follow it.
import { createPublicKey } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Command, Option } from 'commander'
import {
  AnchorFileError,
  auditFolder,
  exportCalls,
  exportFormats,
  readAnchors,
  type Verification,
  verifyLog,
} from '../../app.ts'
import { homeDirectory, loadConfig } from '../../config.ts'
import { withCore } from '../admin.ts'
import { readText } from '../arguments.ts'
import { printJson, printLines, progress, Refusal } from '../output.ts'

interface VerifyOptions {
  readonly folder?: string
  readonly publicKey?: string
  readonly anchor?: string
  readonly json?: boolean
}

type Format = (typeof exportFormats)[number]

const pollInterval = 500

export function auditCommand(): Command {
  const audit = new Command('audit').description('the record of every call')
  audit
    .command('verify')
    .description("hold the log against its own chain, the token's signatures, and what the token remembers")
    .option('--folder <folder>', 'segments copied elsewhere; then no token is asked')
    .option('--public-key <file>', "the token's public key (PEM), with --folder")
    .option('--anchor <file>', 'signed heads that were kept outside (audit.anchor), one JSON a line')
    .option('--json', 'print the outcome as one JSON object')
    .action(async (options: VerifyOptions) => {
      const say = progress(options.json)
      const result = await verify(options, say).catch((error: unknown) => {
        throw error instanceof AnchorFileError ? new Refusal(`${options.anchor}: ${error.message}`) : error
      })
      if (options.json === true) printJson(result)
      else printLines([inWords(result)])
      process.exitCode = result.ok ? 0 : 1
    })
  audit
    .command('export')
    .description('print every call, one JSON object a line')
    .addOption(new Option('--format <format>', 'whose shape').choices(exportFormats).default('json'))
    .action(async ({ format }: { format: Format }) => {
      for await (const call of exportCalls(auditFolder(loadConfig(homeDirectory())), format)) print(call)
    })
  audit
    .command('tail')
    .description('print calls as they come, one JSON object a line, until interrupted')
    .addOption(new Option('--format <format>', 'whose shape').choices(exportFormats).default('json'))
    .action(async ({ format }: { format: Format }) => {
      const folder = auditFolder(loadConfig(homeDirectory()))
      const seen = new Map<string, number>()
      for await (const _ of exportCalls(folder, format, seen));
      for (;;) {
        for await (const call of exportCalls(folder, format, seen)) print(call)
        await setTimeout(pollInterval)
      }
    })
  return audit
}

async function verify(
  { folder, publicKey: file, anchor }: VerifyOptions,
  say: (segment: string) => void,
): Promise<Verification> {
  const heads = anchor === undefined ? undefined : readText(anchor)
  if (folder === undefined) return withCore((core) => core.verifyAudit(say, heads))
  const publicKey = file === undefined ? undefined : createPublicKey(readText(file))
  return verifyLog({
    folder,
    onSegment: say,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(heads === undefined ? {} : { outside: readAnchors(heads, publicKey) }),
  })
}

function inWords({ ok, records, wrong }: Verification): string {
  if (ok || wrong === undefined) return `the log is whole: ${records} calls`
  return `${wrong.file}${wrong.line === 0 ? '' : ` line ${wrong.line}`}: ${wrong.problem}`
}

function print(call: object): void {
  process.stdout.write(`${JSON.stringify(call)}\n`)
}

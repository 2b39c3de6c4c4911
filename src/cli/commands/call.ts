// `call`: one signed request to a running server, for people and scripts.
import { Argument, Command } from 'commander'
import { signers } from '../../app.ts'
import { homeDirectory } from '../../config.ts'
import { type CredentialsFile, readCredentials } from '../credentials-file.ts'
import { explain, printJson, Refusal } from '../output.ts'

type DialectName = keyof typeof signers

export function callCommand(): Command {
  return new Command('call')
    .description("send one request, signed with the home's access key, and print the reply")
    .addArgument(new Argument('<dialect>', 'whose API').choices(Object.keys(signers)))
    .argument('<action>', "the vendor's name of the action, such as GenerateDataKey")
    .argument('[parameters]', 'a JSON object', '{}')
    .option('--json', 'the reply is JSON in any case; accepted so that scripts may always say it')
    .addHelpText(
      'after',
      `\nExample:\n  p11kms call tencent GenerateDataKey '{"KeyId":"…","KeySpec":"AES_256"}'`,
    )
    .action(async (dialect: DialectName, action: string, parameters: string) => {
      const { ok, reply } = await send(dialect, action, parse(parameters))
      printJson(reply)
      process.exitCode = ok ? 0 : 1
    })
}

function parse(parameters: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(parameters)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Said below, in the same words.
  }
  throw new Refusal('the parameters must be a JSON object')
}

async function send(
  dialect: DialectName,
  action: string,
  input: Record<string, unknown>,
): Promise<{ ok: boolean; reply: unknown }> {
  const credentials = readCredentials(homeDirectory())
  const { endpoint } = credentials
  const { host } = new URL(endpoint)
  const { region, ...credential } = accessKey(credentials, dialect)
  const signed = signers[dialect]({ action, input, credential, host, region, now: Date.now() })
  const { host: _, ...headers } = signed.headers
  let response: Response
  try {
    response = await fetch(`${endpoint}${signed.path}`, { method: signed.method, headers, body: signed.body })
  } catch (error) {
    throw new Refusal(
      `no answer from ${endpoint}: ${explain(error instanceof Error ? (error.cause ?? error) : error)}`,
    )
  }
  const reply = (await response.json()) as { Response?: { Error?: unknown } }
  return { ok: response.ok && reply.Response?.Error === undefined, reply }
}

function accessKey(credentials: CredentialsFile, dialect: DialectName) {
  const { tencent, alibaba } = credentials
  return dialect === 'tencent'
    ? { accessKeyId: tencent.secretId, secret: tencent.secretKey, region: tencent.region }
    : { accessKeyId: alibaba.accessKeyId, secret: alibaba.accessKeySecret, region: alibaba.region }
}

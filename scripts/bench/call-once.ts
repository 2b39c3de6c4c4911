// One signed call of the bench itself, to prepare what load works with.
import { sign as signAlibaba } from '../../src/dialects/alibaba/signature.ts'
import { sign as signTencent } from '../../src/dialects/tencent/signature.ts'
import type { LoadJob } from './job.ts'
import type { Service } from './service.ts'

const signers = { tencent: signTencent, alibaba: signAlibaba }

/** The reply's members. Throws when it is a refusal. */
export async function callOnce(
  { host, root }: Pick<Service, 'host' | 'root'>,
  dialect: LoadJob['dialect'],
  action: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const region = dialect === 'tencent' ? 'ap-guangzhou' : 'cn-hangzhou'
  const call = { action, input, credential: root, host, region, now: Date.now() }
  const { method, path, headers, body } = signers[dialect](call)
  const response = await fetch(`http://${host}${path}`, { method, headers, body })
  const text = await response.text()
  const parsed = JSON.parse(text) as Record<string, unknown>
  const reply = (dialect === 'tencent' ? parsed.Response : parsed) as Record<string, unknown>
  if (response.status !== 200 || 'Error' in reply) throw new Error(`${action}: ${text}`)
  return reply
}

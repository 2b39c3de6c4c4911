// Another member for a cluster of SoftHSM tokens: a copy of the first one's token, and its place in config.yaml.
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Config, editConfig } from '../config.ts'
import { Refusal } from './output.ts'

export interface AddedMember {
  readonly cluster: string
  readonly member: string
  /** The token directories to be mirrored: the first member's and the new one's. */
  readonly directories: readonly [string, string]
}

/** Copies the cluster's first token and adds the member. Throws Refusal when that cannot be done. */
export function addSofthsmMember(home: string, config: Config, clusterId: string, name: string): AddedMember {
  const index = config.clusters.findIndex(({ id }) => id === clusterId)
  const cluster = config.clusters[index]
  const [first] = cluster?.members ?? []
  if (cluster === undefined || first === undefined) throw new Refusal(`there is no cluster ${clusterId}`)
  if (cluster.members.some((member) => member.name === name))
    throw new Refusal(`${clusterId} has a member ${name} already`)
  const conf = first.env.SOFTHSM2_CONF
  if (conf === undefined) throw new Refusal(`${clusterId}/${first.name} is not a SoftHSM token of this home`)
  const text = readFileSync(resolve(home, conf), 'utf8')
  const [, from] = /^directories\.tokendir\s*=\s*(.+?)\s*$/m.exec(text) ?? []
  if (from === undefined || !existsSync(from)) throw new Refusal(`${conf} names no token directory`)
  const to = `${from}-${name}`
  if (existsSync(to)) throw new Refusal(`${to} is there already`)
  cpSync(from, to, { recursive: true })
  const newConf = `softhsm-${name}.conf`
  writeFileSync(resolve(home, newConf), text.replace(from, to), { mode: 0o600 })
  const member = { ...first, name, env: { ...first.env, SOFTHSM2_CONF: newConf } }
  editConfig(home, ['clusters', index, 'members', cluster.members.length], member)
  return { cluster: clusterId, member: name, directories: [from, to] }
}

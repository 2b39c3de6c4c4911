// The configured clusters as the HSM port wants them, and its complaints in the configuration's words.
import { resolve } from 'node:path'
import { type Config, ConfigError } from '../config.ts'
import type { MemberConfigError } from '../hsm/cluster.ts'

/** Clusters with their PINs, paths and environments. */
export function clusterConfigs(config: Config) {
  return config.clusters.map((cluster) => ({
    ...cluster,
    members: cluster.members.map((member) => ({
      ...member,
      module: resolve(config.home, member.module),
      pin: config.pins.get(`${cluster.id}/${member.name}`) ?? '',
      env: { ...config.tokenEnvironment, ...member.env },
    })),
  }))
}

/** What a token says of its configuration, with the option it is about. */
export function inConfig(
  config: Config,
  { clusterId, memberName, option, message }: MemberConfigError,
): ConfigError {
  const index = config.clusters.findIndex(({ id }) => id === clusterId)
  const position = config.clusters[index]?.members.findIndex(({ name }) => name === memberName)
  return new ConfigError(`clusters.${index}.members.${position}.${option}`, message)
}

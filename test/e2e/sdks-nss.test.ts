// The clouds' SDKs on two tokens of NSS's softokn, configured as a company configures its own HSM.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { makeNssToken, withoutNss } from '../support/nss-token.ts'
import { makeHome } from '../support/server.ts'
import { runSdkSuite } from './sdk-suite.ts'

if (withoutNss !== false) t.plan(0, withoutNss)
else {
  const tokens = [await makeNssToken(t), await makeNssToken(t)]
  const home = makeHome(t)
  const clusters = tokens.map(({ member }, index) => {
    const pin = `pin-${index}`
    writeFileSync(join(home.home, pin), member.pin, { mode: 0o600 })
    const { module, token, initArgs } = member
    return {
      id: `cls-hsm-nss0000${index + 1}`,
      members: [{ name: `n${index}`, module, token, initArgs, pin: { file: pin } }],
    }
  })
  writeFileSync(join(home.home, 'config.yaml'), stringify({ clusters }))
  runSdkSuite({ ...home, server: await home.serve() })
}

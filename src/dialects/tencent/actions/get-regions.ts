// GetRegions: where the service is offered.
import { Type } from 'typebox'
import { defineAction } from '../../dialect.ts'
import { strict } from '../fields.ts'

export const getRegions = defineAction({
  name: 'GetRegions',
  summary: 'Where the service is offered.',
  input: Type.Object({}, strict),
  output: Type.Object({ Regions: Type.Array(Type.String()) }),
  errors: [],
  example: { input: {}, output: { Regions: ['ap-guangzhou'] } },
  async handle(_input, { settings }) {
    return { Regions: [settings.region] }
  },
})

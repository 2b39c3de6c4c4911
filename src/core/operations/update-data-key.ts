// A hosted data key gets another name or description, in whatever state it is.
import { requireFreeName } from '../hosting.ts'
import { type Caller, findDataKey, requireDataKey, type Services } from '../services.ts'

export interface UpdateDataKeyInput {
  readonly dataKeyId: string
  readonly name?: string
  readonly description?: string
}

/** Throws `data-key-not-found`, `data-key-name-exists`. */
export async function updateDataKey(
  services: Services,
  caller: Caller,
  { dataKeyId, name, description }: UpdateDataKeyInput,
): Promise<void> {
  await findDataKey(services, caller, dataKeyId)
  await services.store.transact(async (writer) => {
    requireDataKey(services, caller, await writer.dataKey(dataKeyId), dataKeyId)
    if (name !== undefined) {
      await requireFreeName(caller, writer, name, dataKeyId)
      await writer.setDataKeyName(dataKeyId, name)
    }
    if (description !== undefined) await writer.setDataKeyDescription(dataKeyId, description)
  })
}

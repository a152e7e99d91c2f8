import { type ContainerGroup, ContainerInstanceManagementClient } from '@azure/arm-containerinstance'
import {
  type ManagementAccess,
  managementCall,
  managementFind,
  managementOptions,
  updateIntervalInMs,
} from './management.ts'

export type { ContainerGroup } from '@azure/arm-containerinstance'

/** The container groups of one resource group. */
export class ContainerGroups {
  readonly #access: ManagementAccess
  readonly #client: ContainerInstanceManagementClient
  readonly #resourceGroup: string

  constructor(access: ManagementAccess, resourceGroup: string) {
    this.#access = access
    this.#client = new ContainerInstanceManagementClient(
      access.credential,
      access.subscriptionId,
      managementOptions(access),
    )
    this.#resourceGroup = resourceGroup
  }

  find(name: string): Promise<ContainerGroup | undefined> {
    return managementFind(this.#access, `reading the container group "${name}"`, (abortSignal) =>
      this.#client.containerGroups.get(this.#resourceGroup, name, { abortSignal }),
    )
  }

  async *list(): AsyncGenerator<ContainerGroup, void> {
    for await (const group of this.#client.containerGroups.listByResourceGroup(this.#resourceGroup)) yield group
  }

  /** Makes or changes a group, and waits until Azure has placed it; that its containers are well is another matter. */
  put(name: string, group: ContainerGroup, deadlineSeconds: number): Promise<ContainerGroup> {
    return managementCall(
      this.#access,
      { doing: `writing the container group "${name}"`, deadlineSeconds },
      (abortSignal) =>
        this.#client.containerGroups.beginCreateOrUpdateAndWait(this.#resourceGroup, name, group, {
          ...{ abortSignal, updateIntervalInMs },
        }),
    )
  }

  /** False when there was none. */
  async delete(name: string, deadlineSeconds: number): Promise<boolean> {
    if (!(await this.find(name))) return false
    await managementCall(
      this.#access,
      { doing: `deleting the container group "${name}"`, deadlineSeconds },
      (abortSignal) =>
        this.#client.containerGroups.beginDeleteAndWait(this.#resourceGroup, name, {
          ...{ abortSignal, updateIntervalInMs },
        }),
    )
    return true
  }

  /** The last lines of one container of the group. */
  async logs(name: string, container: string, tail: number): Promise<string> {
    const doing = `reading the log of the container group "${name}"`
    const { content = '' } = await managementCall(this.#access, { doing, deadlineSeconds: 120 }, (abortSignal) =>
      this.#client.containers.listLogs(this.#resourceGroup, name, container, { abortSignal, tail }),
    )
    return content
  }
}

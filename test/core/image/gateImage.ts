import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type BaseImage, copyLibraries, importFolder } from './baseImage.ts'

const nginx = '/usr/sbin/nginx'
const inImage = 'usr/bin/nginx'

/** An image with this machine's nginx, as one of a registry would be that stands in front of a scoring server. */
export async function gateImage(): Promise<BaseImage> {
  const root = await mkdtemp(join(tmpdir(), 'azureml-cd-gate-'))
  try {
    await mkdir(join(root, dirname(inImage)), { recursive: true })
    await cp(nginx, join(root, inImage), { dereference: true })
    for (const folder of ['etc', 'tmp', 'var/log/nginx']) await mkdir(join(root, folder), { recursive: true })
    // Whom its workers run as.
    await writeFile(
      join(root, 'etc/passwd'),
      'root:x:0:0::/:/none\nwww-data:x:33:33::/:/none\nnobody:x:65534:65534::/:/none\n',
    )
    await writeFile(join(root, 'etc/group'), 'root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n')
    await chmod(root, 0o755)
    await chmod(join(root, 'tmp'), 0o1777)
    await copyLibraries([nginx], root)
    return await importFolder(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

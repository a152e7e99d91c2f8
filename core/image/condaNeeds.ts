/** What a conda file asks for. */
export interface CondaNeeds {
  /** The version of Python as `3.11`; undefined when any is right. */
  readonly python: string | undefined
  /** Requirements for pip. */
  readonly pip: readonly string[]
  /** Packages that only conda can bring. */
  readonly onlyConda: readonly string[]
  /** All that are packages of conda: those, Python, and what comes with any Python. */
  readonly packages: readonly string[]
  /** Where they are looked for, the first first. */
  readonly channels: readonly string[]
}

/** Where packages are looked for when a conda file does not say. */
const usualChannels = ['conda-forge']

/** Every Python can have these from where it comes from. */
const ofEveryPython = new Set(['python', 'pip', 'setuptools', 'wheel'])

/** Reads the content of a conda file, which the schema of configurations has checked. */
export function condaNeeds(content: Readonly<Record<string, unknown>>): CondaNeeds {
  const dependencies = Array.isArray(content.dependencies) ? content.dependencies : []
  const channels = Array.isArray(content.channels) ? content.channels.map(String) : []
  const pip: string[] = []
  const onlyConda: string[] = []
  let python: string | undefined
  for (const dependency of dependencies) {
    if (typeof dependency === 'string') {
      const name = condaName(dependency)
      if (name === 'python') python = pythonVersion(dependency)
      if (!ofEveryPython.has(name)) onlyConda.push(dependency)
    } else if (isPipSection(dependency)) pip.push(...dependency.pip.map(String))
  }
  return {
    ...{ python, pip, onlyConda },
    packages: dependencies.filter((dependency) => typeof dependency === 'string'),
    // What follows says that nothing else is looked at, which is so anyway.
    channels: channels.length > 0 ? channels.filter((name) => name !== 'nodefaults') : usualChannels,
  }
}

/** The name in `conda-forge::numpy>=1.2`, `numpy=1.2=py_0`, `numpy [version=1]`. */
export function condaName(dependency: string): string {
  return (/^(?:[^:\s]+::)?([A-Za-z0-9_.-]+)/.exec(dependency.trim())?.[1] ?? '').toLowerCase()
}

/** `3.11` of `python=3.11.4`; undefined where a range or nothing is asked for. */
export function pythonVersion(dependency: string): string | undefined {
  return /^(?:[^:\s]+::)?python\s*={1,2}\s*(\d+\.\d+)(?![\d])/i.exec(dependency.trim())?.[1]
}

function isPipSection(value: unknown): value is { readonly pip: readonly unknown[] } {
  return typeof value === 'object' && value !== null && 'pip' in value && Array.isArray(value.pip)
}

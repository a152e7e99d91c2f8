/**
 * Which deployment a request goes to, by the shares of the traffic. `chance` is in [0, 1).
 * Undefined when no deployment has any.
 */
export function chooseDeployment(traffic: Readonly<Record<string, number>>, chance: number): string | undefined {
  const weighted = Object.entries(traffic).filter(([, percent]) => percent > 0)
  const total = weighted.reduce((sum, [, percent]) => sum + percent, 0)
  let rest = chance * total
  for (const [name, percent] of weighted) {
    rest -= percent
    if (rest < 0) return name
  }
  return weighted.at(-1)?.[0]
}

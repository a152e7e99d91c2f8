/** Who has how much of the traffic: `blue 70 % and green 30 %`. */
export function trafficText(traffic: Readonly<Record<string, number>>): string {
  const shares = Object.entries(traffic).filter(([, percent]) => percent > 0)
  return shares.length === 0 ? 'nobody' : shares.map(([name, percent]) => `${name} ${percent} %`).join(' and ')
}

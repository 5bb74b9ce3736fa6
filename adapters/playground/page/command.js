// The grammar of the command line: `/poll create question: Lunch? choices: pizza, sushi`.

// What a line says so far: the command, its answers, and the option that is being typed; null when it is no command.
export function read(line, commands) {
  if (!line.startsWith('/')) return null
  const typed = line.slice(1).trimStart()
  const named = [2, 1].map(n => typed.split(/\s+/).slice(0, n).join(' ').toLowerCase())
  const command = commands.find(each => each.command === named[0]) ?? commands.find(each => each.command === named[1])
  if (!command) return { typed, command: null, answers: {}, current: null }
  const start = line.length - typed.length + skip(typed, command.command.split(' ').length)
  const { answers, current } = options(line, start, command)
  return { typed, command, answers, current, started: line.length > start || /\s$/.test(line) }
}

// How many characters the first words take.
function skip(typed, words) {
  const found = new RegExp(`^(?:\\S+(?:\\s+|$)){${words}}`).exec(typed)
  return found ? found[0].length : typed.length
}

function options(line, start, command) {
  const names = command.options.map(option => option.name)
  if (!names.length) return { answers: {}, current: null }
  const marks = [...line.slice(start).matchAll(new RegExp(`(?:^|\\s)(${names.join('|')}):`, 'gi'))]
    .map(found => ({ name: found[1].toLowerCase(), at: start + found.index, from: start + found.index + found[0].length }))
  const answers = {}
  const first = command.options.find(option => !marks.some(mark => mark.name === option.name))
  const lead = line.slice(start, marks[0]?.at ?? line.length)
  if (lead.trim() && first) answers[first.name] = unquoted(lead)
  for (const [n, mark] of marks.entries()) {
    const value = unquoted(line.slice(mark.from, marks[n + 1]?.at ?? line.length))
    if (value) answers[mark.name] = value
  }
  const last = marks.at(-1)
  const at = last ? last.from : start
  const option = last ? command.options.find(each => each.name === last.name) : lead.trim() ? first : null
  return { answers, current: option ? { option, named: Boolean(last), typed: line.slice(at).trimStart(), from: at } : null }
}

function unquoted(value) {
  const bare = value.trim()
  const found = /^["“](.*)["”]$/s.exec(bare)
  return found ? found[1].trim() : bare
}

// Commands that what is typed may become, those that begin with it first.
export function fitting(typed, commands) {
  const needle = typed.toLowerCase().trimEnd()
  const begins = commands.filter(each => each.command.startsWith(needle))
  const contains = commands.filter(each => !begins.includes(each) && each.command.includes(needle))
  return [...begins, ...contains]
}

// Options that a command still takes and that the last word may be the beginning of; none in the middle of a value.
export function open(line, { command, answers, current }) {
  const inside = current?.named && !/\s\S*$/.test(current.typed)
  if (inside) return []
  const word = /(\S*)$/.exec(line)[1].toLowerCase()
  const unnamed = current && !current.named ? current.option.name : ''
  const used = [...Object.keys(answers).filter(name => name !== unnamed), current?.named ? current.option.name : '']
  return command.options.filter(option => !used.includes(option.name) && option.name.startsWith(word))
}

// The command line: what is typed, what could come next, and what is sent.

import { combobox } from './combobox.js'
import { fitting, open, read } from './command.js'
import { find, make } from './dom.js'

const LINES = 8 // suggestions at once

// `state` has commands, people and channels; `suggest(sent)` asks the server; `run` and `say` send.
export function composer(state, { suggest, run, say, complain }) {
  const line = find('line')
  const help = find('help')
  const signature = find('signature')
  let picked = {} // words that stand for a value: option → {label, value}

  const box = combobox({ input: line, list: find('options'), find: suggestions, choose: take, shown })

  function shown(options) {
    const said = read(line.value, state.commands)
    const known = said?.command && said.started
    signature.replaceChildren(...(known ? describe(said) : []))
    help.hidden = !(options.length || (known && said.command.options.length && document.activeElement === line))
  }

  async function suggestions(text) {
    const said = read(text, state.commands)
    if (!said) return null
    if (!said.command || !said.started) return commands(said)
    const begun = said.current?.named ? [] : fitting(said.typed, state.commands)
    const longer = begun.filter(each => each !== said.command && each.command.startsWith(said.typed.trimEnd().toLowerCase()))
    const names = open(text, said).map(option => ({
      label: `${option.name}:`, about: option.about, note: option.required ? 'required' : '', put: option.name,
    }))
    const found = [...longer.map(commandLine), ...said.current ? await values(said) : [], ...names]
    return { options: found.slice(0, LINES), first: -1 }
  }

  function commands(said) {
    const found = fitting(said.typed, state.commands).slice(0, LINES)
    const exact = said.command && !said.started
    return { options: found.map(commandLine), first: found.length && !exact ? 0 : -1 }
  }

  const commandLine = each => ({
    label: `/${each.command}`, about: each.about, note: ['guest', 'member'].includes(each.needs) ? '' : each.needs,
    whole: `/${each.command} `,
  })

  async function values({ command, current: { option, typed, from } }) {
    const needle = typed.trim().toLowerCase()
    const fits = ({ label }) => label.toLowerCase().includes(needle)
    const set = (value, label, about = '') => ({ label, about, value, option: option.name, from })
    if (option.options.length) return option.options.map(o => set(o.value, o.label, o.about)).filter(fits)
    if (option.kind === 'flag') return ['yes', 'no'].map(word => set(word, word)).filter(fits)
    if (option.kind === 'member') return state.people.map(p => set(p.id, p.name, p.about)).filter(fits)
    if (option.kind === 'channel') {
      return state.channels.filter(c => c.kind !== 'direct').map(c => set(c.id, `#${c.name}`, c.topic)).filter(fits)
    }
    if (!option.suggests) return []
    const found = await suggest({ command: command.command, field: option.name, typed: typed.trim() })
    return found.map(o => o.label.startsWith(`${o.value}: `) ? set(o.value, o.value, `→ ${o.label.slice(o.value.length + 2)}`)
      : set(o.value, o.label, o.about))
  }

  function take(option) {
    if (option.whole) line.value = option.whole
    else if (option.put) line.value = `${line.value.replace(/\S*$/, '')}${option.put}: `
    else {
      // a value that reads back as itself stands there as it is; any other stands there by its label
      const words = option.label.startsWith(option.value) ? option.value : option.label
      if (words !== option.value) picked[option.option] = { label: words, value: option.value }
      line.value = `${line.value.slice(0, option.from).trimEnd()} ${words} `
    }
    line.focus()
    line.setSelectionRange(line.value.length, line.value.length)
    box.update()
  }

  function describe({ command, answers, current }) {
    return [
      make('strong', {}, `/${command.command}`), ' ',
      ...command.options.flatMap(option => [make('span', {
        class: [option.name in answers ? 'given' : '', option === current?.option ? 'current' : '', option.required ? 'required' : ''].join(' ').trim(),
        title: option.about,
      }, option.name), ' ']),
      make('span', { class: 'about' }, current ? current.option.about : command.about),
    ]
  }

  function resolved(answers) {
    return Object.fromEntries(Object.entries(answers).map(([name, value]) =>
      [name, picked[name]?.label === value ? picked[name].value : value]))
  }

  find('composer').addEventListener('submit', event => {
    event.preventDefault()
    const text = line.value.trim()
    const said = read(text, state.commands)
    if (!text) return
    if (said && !said.command) {
      complain(`There is no command “${text.split(' ')[0]}”. Type / to see them all.`)
      return
    }
    if (said) run(said.command.command, resolved(said.answers), text)
    else say(text)
    picked = {}
    line.value = ''
    box.close()
  })

  return {
    fill(text) {
      line.value = text
      line.focus()
      line.setSelectionRange(text.length, text.length)
      box.update()
    },
    focus: () => line.focus(),
  }
}

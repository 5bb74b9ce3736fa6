// A text field with a list of suggestions below or above it, as the ARIA combobox pattern describes it.

import { make } from './dom.js'

let made = 0

// `find(text)` gives {options: [{label, about, note}], first} or nothing; `choose(option)` puts one in.
export function combobox({ input, list, find, choose, shown: tell = () => {} }) {
  const name = `option-${++made}`
  let options = []
  let active = -1
  let asked = 0

  const mark = n => {
    active = n
    for (const [place, line] of [...list.children].entries()) line.setAttribute('aria-selected', String(place === n))
    if (n < 0) input.removeAttribute('aria-activedescendant')
    else {
      input.setAttribute('aria-activedescendant', `${name}-${n}`)
      list.children[n].scrollIntoView({ block: 'nearest' })
    }
  }

  const show = (found, first = -1) => {
    options = found
    list.replaceChildren(...found.map((option, n) => make('li', {
      id: `${name}-${n}`, role: 'option', 'aria-selected': 'false',
      onmousedown: event => event.preventDefault(), // the field keeps the focus
      onclick: () => take(n),
    }, make('span', { class: 'label' }, option.label),
    option.about ? make('span', { class: 'about' }, option.about) : '',
    option.note ? make('span', { class: 'tag' }, option.note) : '')))
    list.hidden = !found.length
    input.setAttribute('aria-expanded', String(found.length > 0))
    mark(found.length ? first : -1)
    tell(found)
  }

  const take = n => {
    const option = options[n]
    show([])
    choose(option)
  }

  const update = async () => {
    const turn = ++asked
    const found = await find(input.value)
    if (turn === asked) show(found?.options ?? [], found?.first ?? -1)
  }

  const close = () => {
    asked += 1
    show([])
  }

  input.addEventListener('input', update)
  input.addEventListener('blur', close)
  input.addEventListener('keydown', event => {
    if (!options.length) {
      if (event.key === 'ArrowDown') update()
      return
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      mark(active < 0 ? (step > 0 ? 0 : options.length - 1) : (active + step + options.length) % options.length)
      event.preventDefault()
    } else if (event.key === 'Escape') {
      close()
      event.stopPropagation()
      event.preventDefault()
    } else if ((event.key === 'Enter' || event.key === 'Tab') && active >= 0) {
      take(active)
      event.preventDefault()
    }
  })

  return { update, close }
}

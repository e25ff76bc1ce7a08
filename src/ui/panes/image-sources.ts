// Keys that bring images, in the panes of images and of containers.
import type { Binding } from '../keys/binding.ts';
import { messages } from '../messages/en.ts';
import type { PaneId } from '../ui-store.ts';
import { buildHosttools, loadArchive, pullImage } from './image-jobs.ts';

const { action } = messages;

/** @param footer whether pulling and loading stand in the footer */
export function imageSources(pane: PaneId, footer = false): readonly Binding<undefined>[] {
  return [
    {
      command: `${pane}.pull`,
      keys: ['P'],
      label: action.pull,
      footer,
      run: (_nothing, context) => pullImage(context),
    },
    {
      command: `${pane}.load`,
      keys: ['L'],
      label: action.load,
      footer,
      run: (_nothing, context) => loadArchive(context),
    },
    {
      command: `${pane}.hosttools`,
      keys: ['H'],
      label: action.hosttools,
      run: (_nothing, context) => buildHosttools(context),
    },
    {
      command: `${pane}.first-image`,
      keys: ['h'],
      label: action.hosttools,
      footer: true,
      isOffered: (_nothing, state) => state.loaded && state.images.length === 0,
      run: (_nothing, context) => buildHosttools(context),
    },
  ];
}

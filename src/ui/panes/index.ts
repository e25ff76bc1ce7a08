// The table of panes, in their order on screen.
import type { PaneId } from '../ui-store.ts';
import { containersPane } from './containers-pane.ts';
import { imagesPane } from './images-pane.ts';
import { mountPane, type MountedPane } from './mounted-pane.ts';
import { networksPane } from './networks-pane.ts';
import { volumesPane } from './volumes-pane.ts';

export const panes: Readonly<Record<PaneId, MountedPane>> = {
  containers: mountPane(containersPane),
  images: mountPane(imagesPane),
  networks: mountPane(networksPane),
  volumes: mountPane(volumesPane),
};

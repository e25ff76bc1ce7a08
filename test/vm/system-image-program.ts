// Run by itself in a test host, before there is a virtual machine.
import { debianSystemImage } from '../support/debian-image.ts';

debianSystemImage();

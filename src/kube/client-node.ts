/**
 * The one thing that is used of client-node at run time. A file of its own, loaded when it is needed: the bundler then
 * drops the thousand generated models around it, which would double the start-up time of every command.
 */
export { KubeConfig } from '@kubernetes/client-node';

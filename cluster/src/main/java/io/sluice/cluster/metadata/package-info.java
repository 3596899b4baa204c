/**
 * The metadata of a cluster as a gateway sees it: which peer to ask, and what to do when it does
 * not answer.
 */
@NullMarked
package io.sluice.cluster.metadata;

import org.jspecify.annotations.NullMarked;

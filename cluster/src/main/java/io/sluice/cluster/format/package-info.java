/** Which format versions the nodes of a cluster may write: how an upgrade becomes effective. */
@NullMarked
package io.sluice.cluster.format;

import org.jspecify.annotations.NullMarked;

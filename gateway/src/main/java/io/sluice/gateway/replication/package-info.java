/** Which endpoints a bucket's replication goes to, and how far it is. */
@NullMarked
package io.sluice.gateway.replication;

import org.jspecify.annotations.NullMarked;

/** The authenticated internal channel: how nodes reach each other's disks and metadata. */
@NullMarked
package io.sluice.cluster.channel;

import org.jspecify.annotations.NullMarked;

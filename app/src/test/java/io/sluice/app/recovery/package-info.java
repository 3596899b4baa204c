/** Tests of the administration of snapshots and restores. */
@org.jspecify.annotations.NullMarked
package io.sluice.app.recovery;

/** Tests of what commands print. */
@org.jspecify.annotations.NullMarked
package io.sluice.app.cli;

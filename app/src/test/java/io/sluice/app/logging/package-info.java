/** Tests of what log lines look like. */
@org.jspecify.annotations.NullMarked
package io.sluice.app.logging;

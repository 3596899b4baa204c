/** Real clients, with their default settings, against a whole server. */
package io.sluice.app.clients;

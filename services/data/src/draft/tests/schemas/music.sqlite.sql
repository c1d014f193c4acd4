-- A music store, as SQLite's users spell their schemas.
CREATE TABLE [Artist] ([ArtistId] INTEGER NOT NULL PRIMARY KEY, [Name] NVARCHAR(120));
CREATE TABLE [Album] (
    [AlbumId] INTEGER NOT NULL PRIMARY KEY,
    [Title] NVARCHAR(160) NOT NULL,
    [ArtistId] INTEGER NOT NULL REFERENCES [Artist] ([ArtistId])
);
CREATE INDEX [IFK_AlbumArtistId] ON [Album] ([ArtistId]);
CREATE TABLE [Genre] ([GenreId] INTEGER NOT NULL PRIMARY KEY, [Name] NVARCHAR(120));
CREATE TABLE [MediaType] ([MediaTypeId] INTEGER NOT NULL PRIMARY KEY, [Name] NVARCHAR(120));
CREATE TABLE [Track] (
    [TrackId] INTEGER NOT NULL PRIMARY KEY,
    [Name] NVARCHAR(200) NOT NULL,
    [AlbumId] INTEGER REFERENCES [Album] ([AlbumId]),
    [MediaTypeId] INTEGER NOT NULL REFERENCES [MediaType] ([MediaTypeId]),
    [GenreId] INTEGER REFERENCES [Genre] ([GenreId]),
    [Milliseconds] INTEGER NOT NULL,
    [UnitPrice] NUMERIC(10, 2) NOT NULL
);
CREATE INDEX [IFK_TrackAlbumId] ON [Track] ([AlbumId]);
CREATE TABLE [Playlist] ([PlaylistId] INTEGER NOT NULL PRIMARY KEY, [Name] NVARCHAR(120));
CREATE TABLE [PlaylistTrack] (
    [PlaylistId] INTEGER NOT NULL REFERENCES [Playlist] ([PlaylistId]),
    [TrackId] INTEGER NOT NULL REFERENCES [Track] ([TrackId]),
    CONSTRAINT [PK_PlaylistTrack] PRIMARY KEY ([PlaylistId], [TrackId])
);
CREATE TABLE [Invoice] (
    [InvoiceId] INTEGER NOT NULL PRIMARY KEY,
    [InvoiceDate] DATETIME NOT NULL,
    [BillingCountry] NVARCHAR(40),
    [Total] NUMERIC(10, 2) NOT NULL
);
CREATE TABLE [InvoiceLine] (
    [InvoiceLineId] INTEGER NOT NULL PRIMARY KEY,
    [InvoiceId] INTEGER NOT NULL REFERENCES [Invoice] ([InvoiceId]),
    [TrackId] INTEGER NOT NULL REFERENCES [Track] ([TrackId]),
    [UnitPrice] NUMERIC(10, 2) NOT NULL,
    [Quantity] INTEGER NOT NULL
);
CREATE INDEX [IFK_InvoiceLineInvoiceId] ON [InvoiceLine] ([InvoiceId]);

INSERT INTO Artist VALUES (1, 'Hildegard'), (2, NULL);
INSERT INTO Album VALUES (1, 'Ordo Virtutum', 1), (2, 'Untitled', 2);
INSERT INTO Genre VALUES (1, 'Sacred');
INSERT INTO MediaType VALUES (1, 'Vellum');
INSERT INTO Track VALUES (1, 'Prologue', 1, 1, 1, 180000, 0.99), (2, 'Scene 1', 1, 1, NULL, 240500, 1), (3, 'x', NULL, 1, 1, 0, 1.5);
INSERT INTO Playlist VALUES (1, 'Evening'), (2, NULL);
INSERT INTO PlaylistTrack VALUES (1, 1), (1, 2), (2, 3);
INSERT INTO Invoice VALUES (1, '2024-01-01 00:00:00', 'Germany', 1.98), (2, '2024-01-02 00:00:00', NULL, 0.99);
INSERT INTO InvoiceLine VALUES (1, 1, 1, 0.99, 1), (2, 1, 2, 0.99, 1), (3, 2, 2, 0.99, 1);

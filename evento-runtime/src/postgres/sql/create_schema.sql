create schema evento;

select component, serving, newest from evento.projector order by component;
